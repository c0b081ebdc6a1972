"""Works to cite, terms and tokens that several releases share."""

from typing import Final

from bratsfuse.anatomy import Modality

MENZE_2015: Final = (
    "Menze BH, Jakab A, Bauer S, et al. The Multimodal Brain Tumor Image Segmentation "
    "Benchmark (BRATS). IEEE Trans Med Imaging 34(10):1993-2024, 2015. "
    "doi:10.1109/TMI.2014.2377694"
)
BAKAS_2017: Final = (
    "Bakas S, Akbari H, Sotiras A, et al. Advancing The Cancer Genome Atlas glioma MRI "
    "collections with expert segmentation labels and radiomic features. Sci Data "
    "4:170117, 2017. doi:10.1038/sdata.2017.117"
)
BAKAS_2018: Final = (
    "Bakas S, Reyes M, Jakab A, et al. Identifying the best machine learning "
    "algorithms for brain tumor segmentation, progression assessment, and overall "
    "survival prediction in the BRATS challenge. arXiv:1811.02629, 2018."
)
BAID_2021: Final = (
    "Baid U, Ghodasara S, Mohan S, et al. The RSNA-ASNR-MICCAI BraTS 2021 benchmark on "
    "brain tumor segmentation and radiogenomic classification. arXiv:2107.02314, 2021."
)
LABELLA_2023: Final = (
    "LaBella D, Adewole M, Alonso-Basanta M, et al. The ASNR-MICCAI Brain Tumor "
    "Segmentation (BraTS) Challenge 2023: intracranial meningioma. arXiv:2305.07642, "
    "2023."
)
MOAWAD_2023: Final = (
    "Moawad AW, Janas A, Baid U, et al. The Brain Tumor Segmentation (BraTS-METS) "
    "Challenge 2023: brain metastasis segmentation on pre-treatment MRI. "
    "arXiv:2306.00838, 2023."
)
KAZEROONI_2023: Final = (
    "Kazerooni AF, Khalili N, Liu X, et al. The Brain Tumor Segmentation (BraTS) "
    "Challenge 2023: focus on pediatrics (CBTN-CONNECT-DIPGR-ASNR-MICCAI BraTS-PEDs). "
    "arXiv:2305.17033, 2023."
)
KAZEROONI_2024: Final = (
    "Kazerooni AF, Khalili N, Liu X, et al. The Brain Tumor Segmentation in Pediatrics "
    "(BraTS-PEDs) Challenge: focus on pediatrics (CBTN-CONNECT-DIPGR-ASNR-MICCAI "
    "BraTS-PEDs). arXiv:2404.15009, 2024."
)
ADEWOLE_2023: Final = (
    "Adewole M, Rudie JD, Gbadamosi A, et al. The Brain Tumor Segmentation (BraTS) "
    "Challenge 2023: glioma segmentation in Sub-Saharan Africa patient population "
    "(BraTS-Africa). arXiv:2305.19369, 2023."
)
DEVERDIER_2024: Final = (
    "de Verdier MC, Saluja R, Gagnon L, et al. The 2024 Brain Tumor Segmentation "
    "(BraTS) Challenge: glioma segmentation on post-treatment MRI. arXiv:2405.18368, "
    "2024."
)
ANTONELLI_2022: Final = (
    "Antonelli M, Reinke A, Bakas S, et al. The Medical Segmentation Decathlon. "
    "Nat Commun 13:4128, 2022. doi:10.1038/s41467-022-30695-9"
)
ISENSEE_2021: Final = (
    "Isensee F, Jaeger PF, Kohl SAA, Petersen J, Maier-Hein KH. nnU-Net: a "
    "self-configuring method for deep learning-based biomedical image segmentation. "
    "Nat Methods 18:203-211, 2021. doi:10.1038/s41592-020-01008-z"
)

BRATS_TERMS: Final = (
    "BraTS data use terms: registration with the organisers, research use, citation; "
    "no redistribution"
)
CBICA_URL: Final = "https://www.med.upenn.edu/cbica/brats/"
SYNAPSE_URL: Final = "https://www.synapse.org/brats"
SMIR_URL: Final = "https://www.smir.ch/BRATS/Start2015"

TOKENS_TO_2021: Final = {
    Modality.T1: "t1",
    Modality.T1CE: "t1ce",
    Modality.T2: "t2",
    Modality.FLAIR: "flair",
}
TOKENS_FROM_2023: Final = {
    Modality.T1: "t1n",
    Modality.T1CE: "t1c",
    Modality.T2: "t2w",
    Modality.FLAIR: "t2f",
}
