"""The fusion evaluator that people write: correct, float64, and straightforward.

It stands for the scripts in use today: VIF by two-dimensional convolution with SciPy,
mutual information by scikit-learn, SSIM by scikit-image, the edge metrics and the rest
in NumPy. Each definition is that of bratsfuse, so the values must agree; the time is
what differs.
"""

import math

import numpy as np
from scipy import ndimage
from scipy.signal import convolve2d
from skimage.metrics import structural_similarity
from sklearn.metrics import mutual_info_score


def entropy(image):
    counts = np.histogram(image, bins=256, range=(0, 256))[0]
    shares = counts[counts > 0] / image.size
    return -np.sum(shares * np.log2(shares))


def information(source, fused):
    return mutual_info_score(source.ravel(), fused.ravel()) / math.log(2)


def en(sources, fused):
    return entropy(fused)


def sd(sources, fused):
    return fused.std()


def sf(sources, fused):
    rows, columns = np.diff(fused, axis=1), np.diff(fused, axis=0)
    return math.sqrt(np.mean(rows**2) + np.mean(columns**2))


def ag(sources, fused):
    down, across = np.gradient(fused)
    height, width = fused.shape
    return np.sum(np.sqrt((across**2 + down**2) / 2)) / ((height - 1) * (width - 1))


def mi(sources, fused):
    return sum(information(source, fused) for source in sources)


def nmi(sources, fused):
    return sum(
        2 * information(source, fused) / (entropy(source) + entropy(fused))
        for source in sources
    )


def correlation(one, other):
    return np.corrcoef(one.ravel(), other.ravel())[0, 1]


def cc(sources, fused):
    return np.mean([correlation(source, fused) for source in sources])


def scd(sources, fused):
    a, b = sources
    return correlation(fused - b, a) + correlation(fused - a, b)


def psnr(sources, fused):
    error = np.mean([np.mean((source - fused) ** 2) for source in sources])
    return 10 * math.log10(255**2 / error)


def ssim_with_map(source, fused):
    return structural_similarity(
        source,
        fused,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
    )


def ssim(sources, fused):
    return sum(ssim_with_map(source, fused) for source in sources)


def gaussian(size, sigma):
    offsets = np.arange(size) - size // 2
    window = np.exp(-np.add.outer(offsets**2, offsets**2) / (2 * sigma**2))
    return window / window.sum()


def local_moments(a, b, window):
    def local(image):
        return convolve2d(image, window, mode="valid")

    ma, mb = local(a), local(b)
    va, vb = local(a * a) - ma * ma, local(b * b) - mb * mb
    return ma, mb, va, vb, local(a * b) - ma * mb


def ms_ssim(sources, fused):
    weights = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
    window, c1, c2 = gaussian(11, 1.5), 6.5025, 58.5225
    total = 0.0
    for source in sources:
        a, b, score = source, fused, 1.0
        for scale, weight in enumerate(weights):
            ma, mb, va, vb, cov = local_moments(a, b, window)
            value = (2 * cov + c2) / (va + vb + c2)
            if scale == len(weights) - 1:
                value = value * (2 * ma * mb + c1) / (ma**2 + mb**2 + c1)
            score *= max(value.mean(), 0) ** weight
            a, b = (
                ndimage.uniform_filter(image, 2, origin=-1)[::2, ::2]
                for image in (a, b)
            )
        total += score
    return total


def vif(sources, fused):
    total = 0.0
    for source in sources:
        a, b, seen, there = source, fused, 0.0, 0.0
        for size in (17, 9, 5, 3):
            window = gaussian(size, size / 5)
            if size < 17:
                a = convolve2d(a, window, mode="valid")[::2, ::2]
                b = convolve2d(b, window, mode="valid")[::2, ::2]
            _, _, va, vb, cov = local_moments(a, b, window)
            va, vb = np.maximum(va, 0), np.maximum(vb, 0)
            gain = cov / (va + 1e-10)
            residue = vb - gain * cov
            gain[va < 1e-10] = 0
            residue[va < 1e-10] = vb[va < 1e-10]
            va[va < 1e-10] = 0
            gain[vb < 1e-10] = 0
            residue[vb < 1e-10] = 0
            residue[gain < 0] = vb[gain < 0]
            gain[gain < 0] = 0
            residue = np.maximum(residue, 1e-10)
            seen += np.sum(np.log10(1 + gain**2 * va / (residue + 2)))
            there += np.sum(np.log10(1 + va / 2))
        total += seen / there
    return total


KX = np.array([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])  # convolved


def qabf(sources, fused):
    def polar(image):
        gx = convolve2d(image, KX, mode="same")
        gy = convolve2d(image, KX.T, mode="same")
        angle = np.full(image.shape, np.pi / 2)
        angle[gx != 0] = np.arctan(-gy[gx != 0] / gx[gx != 0])
        return np.sqrt(gx**2 + gy**2), angle

    gf, af = polar(fused)
    kept = weight = 0.0
    for source in sources:
        g, a = polar(source)
        strength = np.minimum(g, gf) / np.maximum(np.maximum(g, gf), 1e-300)
        strength[g == gf] = gf[g == gf]
        alignment = 1 - np.abs(a - af) / (np.pi / 2)
        quality = 0.9994 / (1 + np.exp(-15 * (strength - 0.5)))
        quality *= 0.9879 / (1 + np.exp(-22 * (alignment - 0.8)))
        kept += np.sum(quality * g)
        weight += np.sum(g)
    return kept / weight


def nabf(sources, fused):
    def polar(image):
        padded = np.pad(image, 1, mode="reflect")
        gx = convolve2d(padded, KX / 8, mode="valid")
        gy = convolve2d(padded, KX.T / 8, mode="valid")
        angle = np.where(gy == 0, np.sign(gx) * np.pi / 2, 0)
        angle[gy != 0] = np.arctan(gx[gy != 0] / gy[gy != 0])
        return np.sqrt(gx**2 + gy**2), angle

    gf, af = polar(fused)
    polars = [polar(source) for source in sources]
    invented = np.all([gf > g for g, _ in polars], axis=0)
    loss = weights = 0.0
    for g, a in polars:
        strength = np.minimum(g, gf) / np.maximum(np.maximum(g, gf), 1e-300)
        alignment = np.abs(np.abs(a - af) - np.pi / 2) * 2 / np.pi
        quality = 0.9999 / (1 + np.exp(-19 * (strength - 0.5)))
        quality *= 0.9995 / (1 + np.exp(-22 * (alignment - 0.5)))
        weight = np.where(g >= 2, g**1.5, 0.001)
        loss += np.sum(((1 - np.sqrt(quality)) * weight)[invented])
        weights += np.sum(weight)
    return loss / weights


FUNCTIONS = {
    function.__name__: function
    for function in (
        en, sd, sf, ag, mi, nmi, cc, scd, psnr, ssim, ms_ssim, vif, qabf, nabf,
    )
}  # fmt: skip


def evaluate(sources, fused, keys=tuple(FUNCTIONS)):
    """Return the metrics, one after the other."""
    sources, fused = sources.astype(float), fused.astype(float)
    return {key: FUNCTIONS[key](sources, fused) for key in keys}
