"""Trained weights -> the ONNX file that the run-time reader reads: weights and products in int8, a quarter the size.

The graph is written node by node. The exporters of torch leave attention in a form that onnxruntime's optimiser
does not fuse; its quantiser gives all tokens of a batch one range, which makes a text's logits depend on
the other texts, and triples the error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from eval.training.model import ReaderModel

Floats = NDArray[np.float32]

_OPSET: Final = 18
_IR_VERSION: Final = 9
_VENDOR: Final = "com.microsoft"
"""The domain of onnxruntime's own operators: fused attention, residual norm, GELU and integer product."""
_GELU_LEAST: Final = -0.17
"""No value of GELU is lower: its least is -0.16997."""
_TINY: Final = 1e-9
_UNREACHABLE: Final = -1e4


def export(model: ReaderModel, file: Path, *, quantised: bool = True) -> None:
    """Writes `model` to `file`; a kill in the middle leaves the file before. Equal weights give equal bytes.

    Inputs `ids`, `types` and `mask`: int64 of shape (inputs, tokens). Outputs as those of `ReaderModel`, float32.
    `quantised`: int8 weights, one scale for each output and each word; float32 otherwise.
    Raises ValueError when the encoder's activation is not GELU.
    """
    beside = file.with_name(f"{file.name}.part")
    beside.write_bytes(_graph_of(model, quantised=quantised).SerializeToString(deterministic=True))
    beside.replace(file)


def _graph_of(model: ReaderModel, *, quantised: bool) -> ModelProto:
    config = model.encoder.config
    if config.hidden_act != "gelu":
        raise ValueError(f"cannot export the activation {config.hidden_act!r}: train an encoder with 'gelu'")
    weights = {name: value.detach().float().cpu().numpy() for name, value in model.state_dict().items()}
    graph = _Graph(weights, config.num_attention_heads, config.layer_norm_eps, quantised=quantised)
    mask = graph.add("Cast", "mask", to=TensorProto.INT32)
    states = graph.embedded()
    for number in range(config.num_hidden_layers):
        states = graph.layer(states, mask, f"encoder.encoder.layer.{number}")
    graph.spans(states)
    graph.answers(states)
    return graph.model()


@dataclass(slots=True)
class _Graph:
    """An ONNX graph while it is written. Names of weights are those of the model's state dict."""

    weights: dict[str, Floats]
    heads: int
    epsilon: float
    quantised: bool = field(kw_only=True)
    nodes: list[NodeProto] = field(default_factory=list)
    constants: list[TensorProto] = field(default_factory=list)

    def add(self, operator: str, *inputs: str, named: str | None = None, domain: str = "", **attributes: float) -> str:
        """Adds a node with one output; the output's name."""
        return self._add(operator, inputs, [named or f"{operator}{len(self.nodes)}"], domain, attributes)[0]

    def _add(
        self, operator: str, inputs: tuple[str, ...], outputs: list[str], domain: str, attributes: Mapping[str, float]
    ) -> list[str]:
        name = f"node{len(self.nodes)}"
        node = helper.make_node(operator, inputs, outputs, name=name, domain=domain)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self.nodes.append(node)
        return outputs

    def split(self, values: str, parts: int) -> list[str]:
        """Equal parts of the last axis."""
        outputs = [f"Split{len(self.nodes)}.{part}" for part in range(parts)]
        return self._add("Split", (values,), outputs, "", {"axis": -1, "num_outputs": parts})

    def constant(self, value: np.generic | NDArray[np.generic]) -> str:
        """The name of a constant."""
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def embedded(self) -> str:
        """Vectors of words, parts and positions, added and normed."""
        tables = "encoder.embeddings"
        words = self._words(self.weights[f"{tables}.word_embeddings.weight"])
        kinds = self.add("Gather", self.constant(self.weights[f"{tables}.token_type_embeddings.weight"]), "types")
        positions = self.add(
            "Gather", self.constant(self.weights[f"{tables}.position_embeddings.weight"]), self._positions()
        )
        summed = self.add("Add", self.add("Add", words, kinds), positions)
        scale, offset = self._norm(f"{tables}.LayerNorm")
        return self.add("LayerNormalization", summed, scale, offset, axis=-1, epsilon=self.epsilon)

    def _words(self, table: Floats) -> str:
        if not self.quantised:
            return self.add("Gather", self.constant(table), "ids")
        rows, scales = _int8(table, axis=1)
        words = self.add("Cast", self.add("Gather", self.constant(rows), "ids"), to=TensorProto.FLOAT)
        return self.add("Mul", words, self.add("Gather", self.constant(scales), "ids"))

    def _positions(self) -> str:
        """0, 1, 2 and so on for the tokens of an input."""
        tokens = self.add("Gather", self.add("Shape", "ids"), self.constant(np.int64(1)))
        return self.add("Range", self.constant(np.int64(0)), tokens, self.constant(np.int64(1)))

    def layer(self, states: str, mask: str, name: str) -> str:
        """One layer of BERT."""
        attention = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([self.weights[f"{part}.weight"] for part in attention])
        bias = np.concatenate([self.weights[f"{part}.bias"] for part in attention])
        query, key, value = self.split(self._product(states, matrix, bias), 3)
        context = self.add("MultiHeadAttention", query, key, value, "", mask, domain=_VENDOR, num_heads=self.heads)
        states = self._added(self._dense(context, f"{name}.attention.output.dense"), states, f"{name}.attention.output")
        inner = self.add("Gelu", self._dense(states, f"{name}.intermediate.dense"), domain=_VENDOR)
        return self._added(self._dense(inner, f"{name}.output.dense", _GELU_LEAST), states, f"{name}.output")

    def _added(self, change: str, states: str, name: str) -> str:
        return self.add(
            "SkipLayerNormalization",
            change,
            states,
            *self._norm(f"{name}.LayerNorm"),
            domain=_VENDOR,
            epsilon=self.epsilon,
        )

    def _norm(self, name: str) -> tuple[str, str]:
        return self.constant(self.weights[f"{name}.weight"]), self.constant(self.weights[f"{name}.bias"])

    def _dense(self, states: str, name: str, least: float | None = None) -> str:
        return self._product(states, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], least)

    def _product(self, states: str, matrix: Floats, bias: Floats, least: float | None = None) -> str:
        """`states` times the transposed `matrix` of shape (outputs, inputs), plus `bias`.

        Quantised, each token has a range of its own, from its least value to its greatest; `least`
        is a lower bound of all values where one is known.
        """
        if not self.quantised:
            return self.add("Add", self.add("MatMul", states, self.constant(matrix.T)), self.constant(bias))
        rows, scales = _int8(matrix, axis=1)
        sums = rows.sum(axis=1, dtype=np.float32) * scales[:, 0]
        last = self.constant(np.array([-1]))
        greatest = self.add("ReduceMax", states, last, keepdims=1)
        if least is None:
            lowest = self.add("ReduceMin", states, last, keepdims=1)
            offset = self.add("Add", self.add("Mul", lowest, self.constant(sums)), self.constant(bias))
        else:
            lowest = self.constant(np.float32(least))
            offset = self.constant(bias + np.float32(least) * sums)
        step = self.add("Mul", self.add("Sub", greatest, lowest), self.constant(np.float32(1 / 255)))
        step = self.add("Max", step, self.constant(np.float32(_TINY)))  # values that are all equal have no range
        whole = self.add("Round", self.add("Div", self.add("Sub", states, lowest), step))
        product = self.add(
            "MatMulIntegerToFloat",
            self.add("Cast", whole, to=TensorProto.UINT8),
            self.constant(rows.T),
            self.constant(np.float32(1)),
            self.constant(scales[:, 0]),
            "",
            self.constant(np.zeros(len(rows), dtype=np.int8)),
            domain=_VENDOR,
        )
        return self.add("Add", self.add("Mul", product, step), offset)

    def spans(self, states: str) -> None:
        """The outputs `starts` and `ends`: the heads stay float32, since they are small and decide."""
        logits = self._head(states, "span")
        is_text = self.add("Cast", self.add("Mul", "types", "mask"), to=TensorProto.BOOL)
        is_first = self.add("Equal", self._positions(), self.constant(np.int64(0)))
        nothing, far_below = self.constant(np.float32(0)), self.constant(np.float32(_UNREACHABLE))
        penalty = self.add("Where", self.add("Or", is_text, is_first), nothing, far_below)
        last = self.constant(np.array([-1]))
        for name, part in zip(("starts", "ends"), self.split(logits, 2), strict=True):
            self.add("Add", self.add("Squeeze", part, last), penalty, named=name)

    def answers(self, states: str) -> None:
        """The output `answers`, from the first token's vector."""
        first = self.add("Gather", states, self.constant(np.int64(0)), axis=1)
        inner = self.add("Tanh", self._head(first, "answerable.0"))
        logits = self._head(inner, "answerable.2")
        self.add("Squeeze", logits, self.constant(np.array([-1])), named="answers")

    def _head(self, states: str, name: str) -> str:
        product = self.add("MatMul", states, self.constant(self.weights[f"{name}.weight"].T))
        return self.add("Add", product, self.constant(self.weights[f"{name}.bias"]))

    def model(self) -> ModelProto:
        """The whole graph with its inputs and outputs."""
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["inputs", "tokens"])
            for name in ("ids", "types", "mask")
        ]
        outputs = [
            helper.make_tensor_value_info("starts", TensorProto.FLOAT, ["inputs", "tokens"]),
            helper.make_tensor_value_info("ends", TensorProto.FLOAT, ["inputs", "tokens"]),
            helper.make_tensor_value_info("answers", TensorProto.FLOAT, ["inputs"]),
        ]
        graph = helper.make_graph(self.nodes, "reader", inputs, outputs, self.constants)
        domains = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_VENDOR, 1)]
        return helper.make_model(graph, opset_imports=domains, ir_version=_IR_VERSION)


def _int8(table: Floats, axis: int) -> tuple[NDArray[np.int8], Floats]:
    """Whole numbers from -127 to 127, and the scales that bring them back; one scale along `axis`."""
    scales = np.maximum(np.abs(table).max(axis=axis, keepdims=True) / 127, _TINY).astype(np.float32)
    return np.rint(table / scales).astype(np.int8), scales
