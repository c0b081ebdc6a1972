"""The fusion metrics against other people's code and against slow, literal versions.

The literal versions follow the sentences of the definitions pixel by pixel. They run on
images whose sides are odd and differ, where an exchanged axis would show.
"""

import math

import numpy as np
import pytest
from scipy import fft, ndimage, signal

from bratsfuse.metrics import fusion
from bratsfuse.metrics.of_fusion import Image, fmi_wavelet

HEIGHT, WIDTH = 187, 205


def triplet(height=HEIGHT, width=WIDTH):
    rng = np.random.default_rng(7)
    noise = rng.normal(size=(3, height, width))
    smooth = np.stack([ndimage.gaussian_filter(layer, 2.0) for layer in noise])
    images = np.clip(128 + 350 * smooth, 0, 255)
    images[:, : height // 5] = 0  # black background
    images[:, -9:, -30:] = 255  # and a saturated corner
    a, b, c = images
    return np.stack([a, b]).astype(np.uint8), (0.5 * a + 0.4 * b + 0.1 * c).astype(
        np.uint8
    )


SOURCES, FUSED = triplet()
FLOATS, FUSED_FLOAT = SOURCES.astype(float), FUSED.astype(float)


def test_structural_similarity_is_that_of_scikit_image():
    from skimage.metrics import structural_similarity

    expected = sum(
        structural_similarity(
            source,
            FUSED_FLOAT,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=255,
        )
        for source in FLOATS
    )
    score = fusion.structural_similarity(SOURCES, FUSED)
    assert score == pytest.approx(expected, abs=1e-12)


def test_fidelity_is_that_of_sewar():
    sewar = pytest.importorskip("sewar.full_ref")
    expected = sum(sewar.vifp(source, FUSED_FLOAT, sigma_nsq=2) for source in FLOATS)
    score = fusion.visual_information_fidelity(SOURCES, FUSED)
    # Round-off in its saturated windows is of this size.
    assert score == pytest.approx(expected, abs=1e-8)


def test_mutual_information_is_that_of_scikit_learn():
    sklearn_metrics = pytest.importorskip("sklearn.metrics")
    expected = sum(
        sklearn_metrics.mutual_info_score(source.ravel(), FUSED.ravel()) / math.log(2)
        for source in SOURCES
    )
    score = fusion.mutual_information(SOURCES, FUSED)
    assert score == pytest.approx(expected, abs=1e-12)


def test_entropy_is_that_of_scikit_image():
    from skimage.measure import shannon_entropy

    assert fusion.entropy(None, FUSED) == pytest.approx(shannon_entropy(FUSED))


def test_moments_are_those_of_numpy():
    r = [np.corrcoef(s.ravel(), FUSED_FLOAT.ravel())[0, 1] for s in FLOATS]
    scores = fusion.evaluate(SOURCES, FUSED, ["sd", "cc", "scd", "mse"])
    assert scores["sd"] == pytest.approx(FUSED_FLOAT.std(), abs=1e-12)
    assert scores["cc"] == pytest.approx(sum(r) / 2, abs=1e-12)
    expected = sum(
        np.corrcoef((FUSED_FLOAT - other).ravel(), source.ravel())[0, 1]
        for source, other in zip(FLOATS, FLOATS[::-1], strict=True)
    )
    assert scores["scd"] == pytest.approx(expected, abs=1e-12)
    expected = np.mean([(source - FUSED_FLOAT) ** 2 for source in FLOATS])
    assert scores["mse"] == pytest.approx(expected, abs=1e-9)


def test_sharpness_is_that_of_numpy_and_scipy():
    scores = fusion.evaluate(SOURCES, FUSED, ["sf", "ag", "ei"])
    dx, dy = np.diff(FUSED_FLOAT, axis=1), np.diff(FUSED_FLOAT, axis=0)
    assert scores["sf"] == pytest.approx(math.sqrt((dx**2).mean() + (dy**2).mean()))
    gy, gx = np.gradient(FUSED_FLOAT)
    strength = np.sqrt((gx**2 + gy**2) / 2).sum()
    assert scores["ag"] == pytest.approx(strength / ((HEIGHT - 1) * (WIDTH - 1)))
    sobel = [ndimage.sobel(FUSED_FLOAT, axis=axis, mode="nearest") for axis in (0, 1)]
    assert scores["ei"] == pytest.approx(np.hypot(*sobel).mean())


def literal_ms_ssim(one, other):
    """Wang's scales with SciPy's filters, odd sides extended by symmetry."""
    taps = signal.windows.gaussian(11, 1.5)
    window = np.outer(taps, taps) / taps.sum() ** 2
    c1, c2 = 6.5025, 58.5225
    score = 1.0
    for scale, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
        if scale:
            # The even mask's window is the pixel and its successors.
            one, other = (
                ndimage.uniform_filter(image, 2, mode="reflect", origin=-1)[::2, ::2]
                for image in (one, other)
            )

        def local(image, window=window):
            return signal.convolve2d(image, window, mode="valid")

        ma, mb = local(one), local(other)
        va, vb = local(one**2) - ma**2, local(other**2) - mb**2
        value = (2 * (local(one * other) - ma * mb) + c2) / (va + vb + c2)
        if scale == 4:
            value = value * (2 * ma * mb + c1) / (ma**2 + mb**2 + c1)
        score *= value.mean() ** weight
    return score


def test_multiscale_similarity_is_the_literal_one_on_odd_sides():
    expected = sum(literal_ms_ssim(source, FUSED_FLOAT) for source in FLOATS)
    score = fusion.multiscale_structural_similarity(SOURCES, FUSED)
    assert score == pytest.approx(expected, abs=1e-11)


def literal_viff(one, other, fused):
    ratios = []
    images = [one, other, fused]
    for size in (17, 9, 5, 3):
        taps = signal.windows.gaussian(size, size / 5)
        window = np.outer(taps, taps) / taps.sum() ** 2

        def local(image, window=window):
            return signal.convolve2d(image, window, mode="valid")

        if size < 17:
            images = [local(image)[::2, ::2] for image in images]
        *sources, result = images
        mf = local(result)
        vf = np.maximum(local(result**2) - mf**2, 0)
        parts = []
        for source in sources:
            m = local(source)
            v = np.maximum(local(source**2) - m**2, 0)
            cov = local(source * result) - m * mf
            g = cov / (v + 1e-10)
            sv = vf - g * cov
            g, sv, v = (
                np.where(v < 1e-10, 0, g),
                np.where(v < 1e-10, vf, sv),
                np.where(v < 1e-10, 0, v),
            )
            g, sv = np.where(vf < 1e-10, 0, g), np.where(vf < 1e-10, 0, sv)
            sv, g = np.where(g < 0, vf, sv), np.where(g < 0, 0, g)
            sv = np.maximum(sv, 1e-10)
            noise = 0.005 * 255**2
            seen, there = np.log10(1 + g**2 * v / (sv + noise)), np.log10(1 + v / noise)
            parts.append((g, seen, there))
        first = parts[0][0] < parts[1][0]
        seen, there = (np.where(first, parts[0][k], parts[1][k]) for k in (1, 2))
        ratios.append(np.sum(seen + 1e-7) / np.sum(there + 1e-7))
    return np.dot(ratios, [1, 0, 0.15, 1]) / 2.15


def test_fidelity_for_fusion_is_the_literal_one():
    score = fusion.visual_information_fidelity_for_fusion(SOURCES, FUSED)
    assert score == pytest.approx(literal_viff(*FLOATS, FUSED_FLOAT), abs=1e-9)


def literal_qabf(sources, fused):
    kx = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    ky = np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]])

    def polar(image):
        gx = signal.correlate2d(image, kx, mode="same")
        gy = signal.correlate2d(image, ky, mode="same")
        with np.errstate(divide="ignore", invalid="ignore"):
            angle = np.where(gx == 0, np.pi / 2, np.arctan(-gy / gx))
        return np.sqrt(gx**2 + gy**2), angle

    gf, af = polar(fused)
    kept = weight = 0
    for source in sources:
        g, a = polar(source)
        with np.errstate(invalid="ignore"):
            strength = np.minimum(g, gf) / np.maximum(g, gf)
        strength = np.where(g == gf, gf, strength)
        alignment = 1 - np.abs(a - af) / (np.pi / 2)
        q = 0.9994 / (1 + np.exp(-15 * (strength - 0.5)))
        q = q * 0.9879 / (1 + np.exp(-22 * (alignment - 0.8)))
        kept, weight = kept + (q * g).sum(), weight + g.sum()
    return kept / weight


def test_edge_transfer_is_the_literal_one():
    score = fusion.edge_transfer(SOURCES, FUSED)
    assert score == pytest.approx(literal_qabf(FLOATS, FUSED_FLOAT), abs=1e-12)


def literal_nabf_and_labf(sources, fused):
    def polar(image):
        gx, gy = (ndimage.sobel(image, axis=axis, mode="mirror") / 8 for axis in (1, 0))
        with np.errstate(divide="ignore", invalid="ignore"):
            angle = np.where((gx == 0) & (gy == 0), 0, np.arctan(gx / gy))
        return np.hypot(gx, gy), angle

    gf, af = polar(fused)
    invented = np.ones(fused.shape, dtype=bool)
    losses, weights = np.zeros(fused.shape), 0
    for source in sources:
        g, a = polar(source)
        with np.errstate(invalid="ignore"):
            strength = np.minimum(g, gf) / np.maximum(g, gf)
        strength = np.where((g == 0) | (gf == 0), 0, strength)
        alignment = np.abs(np.abs(a - af) - np.pi / 2) * 2 / np.pi
        q = 0.9999 / (1 + np.exp(-19 * (strength - 0.5)))
        q = np.sqrt(q * 0.9995 / (1 + np.exp(-22 * (alignment - 0.5))))
        w = np.where(g >= 2, g**1.5, 0.001)
        losses, weights = losses + (1 - q) * w, weights + w.sum()
        invented &= gf > g
    return losses[invented].sum() / weights, losses[~invented].sum() / weights


def test_artefacts_and_loss_are_the_literal_ones():
    # Strengths are compared: on integers both ways of taking roots agree exactly.
    nabf, labf = literal_nabf_and_labf(FLOATS, FUSED_FLOAT)
    assert fusion.fusion_artefacts(SOURCES, FUSED) == pytest.approx(nabf, abs=1e-12)
    assert fusion.fusion_loss(SOURCES, FUSED) == pytest.approx(labf, abs=1e-12)


def literal_qcv(sources, fused):
    def stretch(image):
        scaled = (image - image.min()) / (image.max() - image.min())
        return np.floor(scaled * 255 + 0.5)

    height, width = fused.shape
    rows = np.fft.fftshift(np.fft.fftfreq(height)) * 2 * height / 8
    columns = np.fft.fftshift(np.fft.fftfreq(width)) * 2 * width / 8
    r = np.hypot(*np.meshgrid(rows, columns, indexing="ij"))
    csf = 2.6 * (0.0192 + 0.144 * r) * np.exp(-((0.144 * r) ** 1.1))

    def blocks(image):
        padded = np.zeros((-(-height // 16) * 16, -(-width // 16) * 16))
        padded[:height, :width] = image
        for top in range(0, padded.shape[0], 16):
            for left in range(0, padded.shape[1], 16):
                yield padded[top : top + 16, left : left + 16]

    above = below = 0.0
    for source in sources:
        sharp = np.hypot(
            *(ndimage.sobel(stretch(source), axis=k, mode="constant") for k in (0, 1))
        )
        spectrum = np.fft.fftshift(np.fft.fft2(stretch(source) - stretch(fused)))
        visible = np.fft.ifft2(np.fft.ifftshift(spectrum * csf)).real
        for saliency, error in zip(blocks(sharp), blocks(visible), strict=True):
            above += (saliency**5).sum() * (error**2).mean()
            below += (saliency**5).sum()
    return above / below


def test_contrast_visibility_is_the_literal_one():
    expected = literal_qcv(FLOATS, FUSED_FLOAT)
    assert fusion.contrast_visibility(SOURCES, FUSED) == pytest.approx(expected)


def literal_fmi(feature, fused):
    """The definition with dense 9 x 9 joint densities."""

    def windows(image):
        view = np.lib.stride_tricks.sliding_window_view(image, (3, 3))
        return view.transpose(0, 1, 3, 2).reshape(-1, 9)

    def entropy(p):
        p = p[p != 0]
        return -np.sum(p * np.log2(np.abs(p)))

    k = np.arange(9)
    scores = []
    for x, f in zip(windows(feature), windows(fused), strict=True):
        if np.array_equal(x, f):
            scores.append(1.0)
            continue
        if np.ptp(x) == 0 or np.ptp(f) == 0:
            scores.append(0.0)
            continue
        p, q = x - x.min(), f - f.min()
        p, q = p / p.sum(), q / q.sum()
        sd = math.sqrt((k**2 @ p - (k @ p) ** 2) * (k**2 @ q - (k @ q) ** 2))
        c = np.corrcoef(p, q)[0, 1]
        if c == 0 or sd < 1e-12:
            scores.append(0.0)
            continue
        turned = q if c > 0 else q[::-1]
        cp, cq = np.cumsum([0, *p]), np.cumsum([0, *turned])
        coupling = np.maximum(
            0,
            np.minimum(cp[1:, None], cq[None, 1:])
            - np.maximum(cp[:-1, None], cq[None, :-1]),
        )
        if c < 0:
            coupling = coupling[:, ::-1]
        phi = c * sd / (k @ coupling @ k - (k @ p) * (k @ q))
        joint = (1 - phi) * np.outer(p, q) + phi * coupling
        own = entropy(p) + entropy(q)
        scores.append(2 * (own - entropy(joint.ravel())) / own)
    return np.mean(scores)


def edge_pixels(image):
    rows, columns = (ndimage.sobel(image, axis=axis, mode="nearest") for axis in (0, 1))
    strong = rows**2 + columns**2
    strong[strong <= 4 * strong.mean()] = 0
    row, column = (
        ndimage.maximum_filter1d(strong, 3, axis, mode="constant") for axis in (1, 0)
    )
    # A maximum that no neighbour shares: flat tops are thinned away.
    shared = [
        (np.roll(strong, shift, axis) == strong) for axis in (1, 0) for shift in (1, -1)
    ]
    shared[0][:, 0] = shared[1][:, -1] = shared[2][0] = shared[3][-1] = False
    along_row = (strong == row) & ~shared[0] & ~shared[1]
    along_column = (strong == column) & ~shared[2] & ~shared[3]
    return np.where(strong > 0, along_row | along_column, False).astype(float)


@pytest.mark.parametrize(
    ("key", "feature"),
    [
        ("fmi_edge", edge_pixels),
        ("fmi_pixel", lambda image: image),
        ("fmi_gradient", lambda image: np.gradient(image, axis=1)),
        ("fmi_dct", lambda image: fft.dctn(image, norm="ortho")),
    ],
)
def test_feature_information_is_the_literal_one(key, feature):
    part = np.s_[25:70, 40:77]
    expected = np.mean(
        [literal_fmi(feature(s[part]), feature(FUSED_FLOAT[part])) for s in FLOATS]
    )
    score = fusion.METRICS[key].function(SOURCES[:, *part], FUSED[part])
    assert score == pytest.approx(expected, abs=1e-9)


def literal_patches(sources, fused):
    """MEF-SSIM of one scale, patch by patch as the published code has it."""
    taps = signal.windows.gaussian(11, 1.5)
    window = np.outer(taps, taps).ravel() / taps.sum() ** 2

    def patches(image):
        return np.lib.stride_tricks.sliding_window_view(image, (11, 11)).reshape(
            -1, 121
        )

    values = []
    for *patch, wanted in zip(*map(patches, (*sources, fused)), strict=True):
        centred = [one - one.mean() for one in patch]
        norms = [np.linalg.norm(one) for one in centred]
        together = np.linalg.norm(sum(patch) - sum(patch).mean())
        agreement = min((together + 2.2e-16) / (sum(norms) + 2.2e-16), 1 - 2.2e-16)
        power = min(math.tan(math.pi / 2 * agreement), 10)
        strengths = [norm + 0.001 for norm in norms]
        weights = [(one / 11) ** power + 2.2e-16 for one in strengths]
        best = sum(
            w / sum(weights) * c / s
            for w, c, s in zip(weights, centred, strengths, strict=True)
        )
        if np.linalg.norm(best) > 0:
            best = best / np.linalg.norm(best) * max(strengths)
        best, wanted = best - window @ best, wanted - window @ wanted
        spread = window @ best**2 + window @ wanted**2 + 58.5225
        values.append((2 * window @ (best * wanted) + 58.5225) / spread)
    return np.mean(values)


def test_multi_exposure_similarity_is_the_literal_one_on_odd_sides():
    part = np.s_[25:74, 40:93]
    images = [*FLOATS[:, *part], FUSED_FLOAT[part]]
    expected = 1.0
    for weight in (0.0448, 0.2856, 0.3001):
        expected *= literal_patches(images[:-1], images[-1]) ** (weight / 0.6305)
        images = [
            ndimage.uniform_filter(image, 2, mode="reflect", origin=-1)[::2, ::2]
            for image in images
        ]
    score = fusion.multi_exposure_similarity(SOURCES[:, *part], FUSED[part])
    assert score == pytest.approx(expected, abs=1e-9)


def test_tsallis_information_is_the_sum_over_all_cells():
    expected = 0.0
    for source in SOURCES:
        joint, _, _ = np.histogram2d(
            source.ravel(), FUSED.ravel(), bins=np.arange(-0.5, 256)
        )
        joint /= joint.sum()
        apart = np.outer(joint.sum(axis=1), joint.sum(axis=0))
        seen = apart > 0
        powers = joint[seen] ** 1.85 / apart[seen] ** 0.85
        expected += (1 - powers.sum()) / (1 - 1.85)
    assert fusion.tsallis_mutual_information(SOURCES, FUSED) == pytest.approx(expected)


def test_haar_details_are_those_of_pywavelets():
    pywt = pytest.importorskip("pywt")
    even = np.s_[:184, :204]
    score = 1.0
    images = [*FLOATS[:, *even], FUSED_FLOAT[even]]
    for exponent in (2 / 3, 1 / 3):
        images, bands = zip(*(pywt.dwt2(one, "haar") for one in images), strict=True)
        kept = energy = 0.0
        for source in bands[:2]:
            weight = sum(band**2 for band in source)
            alike = sum(
                np.exp(-np.abs(x - f)) for x, f in zip(source, bands[2], strict=True)
            )
            kept, energy = kept + (weight * alike).sum(), energy + weight.sum()
        score *= (kept / energy) ** exponent
    found = fusion.multiscale_edge_preservation(SOURCES[:, *even], FUSED[even])
    assert found == pytest.approx(score, abs=1e-12)


@pytest.mark.parametrize("shape", [(3, 5), (61, 64), (90, 77)])
def test_wavelet_bands_are_those_of_pywavelets(shape):
    import pywt

    grey = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    low, (right, below, both) = pywt.dwt2(grey.astype(float), "dmey", "symmetric")
    expected = np.block([[low, right], [below, both]])
    found = fmi_wavelet.coefficients(Image(grey))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
