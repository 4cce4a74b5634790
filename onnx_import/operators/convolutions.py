"""Convolutions with constant kernels: Conv, ConvTranspose."""

from collections.abc import Iterator, Sequence

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.networks.forms import Index, SparseForms
from onnx_import.files.stored import demand_size
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import Real, Value, add, linear_images, rearrange, weighted_sums
from onnx_import.lowering.windows import Axis, Mask, Windows, attribute_list, padding, windows

_TERMS = 2**22  # so many products at once, to keep memory small


@operator("Conv")
def conv(node: Node) -> Sequence[Value]:
    """Cross-correlation with the kernel W (M, C / groups, k1, k2, …), plus a bias for each of the M channels."""
    images = correlated(node, node.real(0), node.constant(1, "its kernel"))
    return [with_bias(node, images, 2)]


def correlated(node: Node, data: Real, weights: ExactArray) -> Real:
    """Return the cross-correlation that a node's attributes describe, of an array (N, C, …) with a kernel."""
    groups, shape, kernel = node.integer("group", 1), data.shape, weights.shape[2:]
    if len(shape) < 3 or len(weights.shape) != len(shape) or 0 in (*shape, *weights.shape):  # noqa: PLR2004 (N, C, …)
        node.malformed(f"convolves an array of shape {shape} with a kernel of shape {weights.shape}")
    channels, filters = shape[1], weights.shape[0]
    if groups < 1 or channels != weights.shape[1] * groups or filters % groups:
        node.malformed(f"has {groups} groups for {channels} channels and a kernel of shape {weights.shape}")
    if (node.integer_list("kernel_shape") or list(kernel)) != list(kernel):
        node.malformed(f"has a kernel of shape {weights.shape}, and says otherwise")
    moved = windows(node, shape[2:], kernel)
    return linear_images(data, _correlations(moved, weights, shape[0], groups), (shape[0], filters, *moved.shape))


@operator("ConvTranspose")
def conv_transpose(node: Node) -> Sequence[Value]:
    """The transpose of a convolution with W (C, M / groups, k1, …): input i adds to outputs i * stride + k * dilation.

    The result is cropped by the padding, and lengthened by `output_padding`, or given as `output_shape`.
    """
    data, weights, groups = node.real(0), node.constant(1, "its kernel"), node.integer("group", 1)
    shape, kernel = data.shape, weights.shape[2:]
    if len(shape) < 3 or len(weights.shape) != len(shape) or 0 in (*shape, *weights.shape):  # noqa: PLR2004 (N, C, …)
        node.malformed(f"convolves an array of shape {shape} with a kernel of shape {weights.shape}")
    if groups < 1 or shape[1] != weights.shape[0] or shape[1] % groups:
        node.malformed(f"has {groups} groups for {shape[1]} channels and a kernel of shape {weights.shape}")
    if (node.integer_list("kernel_shape") or list(kernel)) != list(kernel):
        node.malformed(f"has a kernel of shape {weights.shape}, and says otherwise")
    moved = _transposed_windows(node, shape[2:], kernel)
    filters = weights.shape[1] * groups
    result = tuple(axis.size for axis in moved.axes)
    images = linear_images(data, _transposed(moved, weights, shape[0], groups), (shape[0], filters, *result))
    return [with_bias(node, images, 2)]


def _correlations(moved: Windows, weights: ExactArray, batch: int, groups: int) -> Iterator[SparseForms]:
    """Yield the matrix of a convolution, its rows by batch, filter and window, a few filters at a time."""
    places, inside, _ = moved.table()
    filters, width = weights.shape[:2]
    count, cells = places.shape
    channel = np.arange(width)[None, None, :, None]
    image, filter_ = np.divmod(np.arange(batch * filters), filters)
    first = image * (width * groups) + filter_ // (filters // groups) * width
    step = max(1, _TERMS // (count * width * cells))
    for low in range(0, batch * filters, step):
        part = slice(low, low + step)
        entries = (first[part, None, None, None] + channel) * moved.size + places[None, :, None, :]
        kernels = (filter_[part, None, None, None] * width + channel) * cells + np.arange(cells)
        rows = np.arange(entries.shape[0] * count).reshape(-1, count, 1, 1)
        yield _sums(rows, entries, kernels, inside[None, :, None, :], weights, entries.shape[0] * count)


def _transposed(moved: Windows, weights: ExactArray, batch: int, groups: int) -> Iterator[SparseForms]:
    """Yield the matrix of a transposed convolution, a batch element at a time.

    The windows slide over the *output*; window w is entry w of the input.
    """
    places, inside, _ = moved.table()
    channels, width = weights.shape[:2]
    count, cells = places.shape
    channel, filter_ = np.arange(channels)[:, None, None, None], np.arange(width)[None, :, None, None]
    kernels = (channel * width + filter_) * cells + np.arange(cells)
    outer = channel // (channels // groups) * width + filter_
    demand_size((channels, width, count, cells), "a convolution's index table")
    for image in range(batch):
        rows = outer * moved.size + places
        entries = (image * channels + channel) * count + np.arange(count)[:, None]
        yield _sums(rows, entries, kernels, inside[None, None], weights, width * groups * moved.size)


def _sums(rows: Index, entries: Index, kernels: Index, inside: Mask, weights: ExactArray, count: int) -> SparseForms:
    """Return sums of kernel cells times entries, over all places of the common shape that are inside."""
    shape = np.broadcast_shapes(rows.shape, entries.shape, kernels.shape)
    mask = np.broadcast_to(inside, shape)
    chosen = [np.broadcast_to(array, shape)[mask] for array in (rows, entries, kernels)]
    return weighted_sums(chosen[0], chosen[1], weights, chosen[2], count)


def _transposed_windows(node: Node, sizes: tuple[int, ...], kernel: tuple[int, ...]) -> Windows:
    """Return the windows over the output, one for each entry of the input."""
    rank = len(sizes)
    strides, dilations = (attribute_list(node, name, rank, 1) for name in ("strides", "dilations"))
    longer = node.integer_list("output_padding") or [0] * rank
    wanted = node.integer_list("output_shape")
    wanted = wanted[-rank:] if wanted else None  # some files give the batch and the channels as well
    if len(longer) != rank or min(longer) < 0 or (wanted and (len(wanted) != rank or min(wanted) < 1)):
        node.malformed(f"has the output padding {longer} and the output shape {wanted} for {rank} axes")
    mode = node.stored_attribute("auto_pad", str) or "NOTSET"
    if mode in ("SAME_UPPER", "SAME_LOWER") and wanted is None:
        wanted = [size * stride for size, stride in zip(sizes, strides, strict=True)]
    whole = [
        (size - 1) * stride + extra + (width - 1) * dilation + 1
        for size, stride, extra, width, dilation in zip(sizes, strides, longer, kernel, dilations, strict=True)
    ]
    if wanted is None:
        pads = padding(node, sizes, kernel, strides, dilations)
        before, after = pads[:rank], pads[rank:]
    else:
        node.ignore_attribute("pads")  # the standard ignores them beside an output shape
        before, after = _shared_out(node, [total - size for total, size in zip(whole, wanted, strict=True)], mode)
    results = wanted or [total - low - high for total, low, high in zip(whole, before, after, strict=True)]
    if min(results) < 1:
        node.malformed(f"has an output of shape {tuple(results)}")
    demand_size(tuple(results), node.record)
    return Windows(
        tuple(Axis(results[k], kernel[k], strides[k], dilations[k], before[k], after[k], sizes[k]) for k in range(rank))
    )


def _shared_out(node: Node, totals: list[int], mode: str) -> tuple[list[int], list[int]]:
    """Return the padding before and after each axis, which together are what a given output shape leaves over.

    An output that is longer is one entry longer at the end, by the standard's formula and all implementations; more
    than that, or with auto_pad 'SAME_UPPER' or 'SAME_LOWER', they differ, in the output's length even.
    """
    if min(totals) < -1 or (min(totals) < 0 and mode in ("SAME_UPPER", "SAME_LOWER")):
        node.refuse(
            f"has an output that is longer than what its kernel reaches, by {-min(totals)} (auto_pad '{mode}'), which "
            "implementations place differently; give pads and output_padding instead"
        )
    if node.opset < 11 and any(total > 0 and total % 2 for total in totals):  # noqa: PLR2004 (the opset that mends it)
        node.refuse(
            "has an odd padding, which the formula of opsets before 11 shares out otherwise than runtimes do; give "
            "pads, or convert the model to opset 11 or newer"
        )
    totals = [max(total, 0) for total in totals]
    small, large = [total // 2 for total in totals], [total - total // 2 for total in totals]
    return (small, large) if mode == "SAME_UPPER" else (large, small)


def with_bias(node: Node, images: Real, index: int) -> Real:
    """Return arrays (batch, channels, …) plus the bias of each channel, if the node has that input."""
    if not node.has(index):
        return images
    bias, spread = node.real(index), (-1, *[1] * (len(images.shape) - 2))
    if bias.shape != (images.shape[1],):
        node.malformed(f"has a bias of shape {bias.shape} for {images.shape[1]} channels")
    return add(images, rearrange(bias, lambda array: array.reshape(spread)))
