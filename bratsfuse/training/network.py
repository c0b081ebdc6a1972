"""All networks of a run as one: numbers in, numbers out, nothing else around."""

from collections.abc import Sequence
from typing import Final

from torch import Tensor, nn

from bratsfuse.results import Track
from bratsfuse.training.trainable import ReadsFused, Trainable

_OUTPUTS: Final = {"fusion": "fused", "segmentation": "labels"}


class Network(nn.Module):
    """What a run predicts, as one network that can be exported.

    It leaves to its caller what `Trained.predict` does around it: the crop, and the
    conversion from and to 8 bits.

    Attributes
    ----------
    reads_fused
        Whether it is given one fused image of any method, not the sources of the run.
    outputs
        What it returns, in order: ``fused``, ``labels``, or both.
    """

    def __init__(self, trainable: Trainable, tracks: Sequence[Track]) -> None:
        super().__init__()
        self.networks = nn.ModuleDict(dict(trainable.networks))
        self.outputs = tuple(_OUTPUTS[track] for track in tracks)
        self.reads_fused = "fusion" not in tracks and isinstance(trainable, ReadsFused)
        self._trainable = trainable
        self.eval()

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs for some images.

        Parameters
        ----------
        images
            float32 in [0, 1], shape (B, N, H, W), of any size: the sources in order, or
            one fused image.

        Returns
        -------
        tuple of torch.Tensor
            ``fused``: float32 in [0, 1], shape (B, 1, H, W); ``labels``: uint8, shape
            (B, H, W).
        """
        if self.reads_fused and isinstance(self._trainable, ReadsFused):
            return (self._trainable.labels_in(images),)
        predicted = self._trainable.predict(images)
        found = {"fused": predicted.fused, "labels": predicted.labels}
        return tuple(
            value for name in self.outputs if (value := found[name]) is not None
        )
