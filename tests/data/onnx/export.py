"""Writes the ONNX files of this folder and, beside each, inputs with their outputs: `python export.py [NAME ...]`.

NAME.csv has the header `x0,...,xN,y0,...,yM` and five samples, one a line: the input of one sample and the output of the network,
both flattened in row-major order. Inputs are multiples of 1/1024, exact in float32 and as printed. Outputs are those of the source
network (PyTorch or scikit-learn, not the file) in float64 with the float32 weights, printed to nine significant digits. Those of
`sklearn-mlp` are the probabilities, the file's second output. Before it is written, ONNX Runtime has read the ONNX file and agreed
within 1e-5 sample by sample and, where the file leaves the size of the batch open, for all five at once.
"""
import argparse
import logging
import pathlib
import warnings

import numpy as np
import onnx
import onnxruntime
import onnxscript.optimizer
import skl2onnx
import torch
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier, MLPRegressor
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = 5


def mlp():
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 16), nn.Tanh(), nn.Linear(16, 10), nn.Sigmoid())


class MatMul(nn.Module):
    """Two layers with matrices as (inputs, outputs) and the bias on either side of the sum."""

    def __init__(self):
        super().__init__()
        self.w1, self.b1 = nn.Parameter(torch.randn(64, 16) / 8), nn.Parameter(torch.randn(16) / 4)
        self.w2, self.b2 = nn.Parameter(torch.randn(16, 10) / 4), nn.Parameter(torch.randn(10) / 4)

    def forward(self, x):
        x = torch.relu(x @ self.w1 + self.b1)
        return torch.softmax(self.b2 + x @ self.w2, dim=1)


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, padding=2, dilation=2), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(24, 10),
    )


class Reshape(nn.Module):
    """A flat input made an image; kernel, stride and padding differ between rows and columns; a ReLU between two normalisations."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, (3, 2), stride=(2, 1), padding=(1, 0))
        self.average = nn.AdaptiveAvgPool2d(1)
        self.hidden, self.before, self.after, self.last = nn.Linear(4, 12), nn.BatchNorm1d(12), nn.BatchNorm1d(12), nn.Linear(12, 5)

    def forward(self, x):
        x = torch.relu(self.conv(x.view(-1, 1, 8, 8)))
        x = self.average(x).flatten(1)
        return self.last(self.after(torch.relu(self.before(self.hidden(x)))))


def unsupported():
    return nn.Sequential(nn.Linear(16, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 4))


# Network, shape of one sample, least input in units of 1/64, way of export. The inputs of images are not negative.
TORCH = {
    "torch-mlp": (mlp, (64,), -64, "default"),
    "torch-matmul": (MatMul, (64,), -64, "default"),
    "torch-cnn": (cnn, (1, 8, 8), 0, "unfused"),
    "torch-cnn-fused": (cnn, (1, 8, 8), 0, "default"),
    "torch-cnn-legacy": (cnn, (1, 8, 8), 0, "torchscript"),
    "torch-reshape": (Reshape, (64,), 0, "default"),
    "torch-reshape-legacy": (Reshape, (64,), 0, "torchscript"),
    "torch-unsupported": (unsupported, (16,), -64, "default"),
}
SKLEARN = ["sklearn-mlp", "sklearn-regressor"]


def trained(model, generator):
    """Evaluation mode; every parameter of a normalisation, 0 or 1 at first, is drawn, as if training had moved it."""
    for parameter in model.parameters():
        parameter.data.mul_(2)  # at the initial weights the outputs hardly depend on the input
    for layer in model.modules():
        if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm)):
            draw = lambda low, high: torch.empty(layer.weight.shape).uniform_(low, high, generator=generator)
            layer.weight.data, layer.bias.data = draw(0.5, 1.5), draw(-0.5, 0.5)
            if not isinstance(layer, nn.LayerNorm):
                layer.running_mean, layer.running_var = draw(-0.5, 0.5), draw(0.25, 2.0)
    return model.eval()


def export_torch(name):
    make, shape, least, way = TORCH[name]
    torch.manual_seed(7)
    generator = torch.Generator().manual_seed(11)
    model = trained(make(), generator)
    x = torch.randint(least, 65, (SAMPLES, *shape), generator=generator) / 64.0
    for k in range(SAMPLES):
        x[k] /= 2**k  # samples of one size would come to nearly one mean
    file = HERE / f"{name}.onnx"
    names = {"input_names": ["x"], "output_names": ["y"], "verbose": False}
    if way == "torchscript":
        # In training mode EVAL the exporter folds BatchNormalization into the convolution; PRESERVE keeps it, in evaluation form.
        torch.onnx.export(model, (x,), file, dynamo=False, training=torch.onnx.TrainingMode.PRESERVE,
                          dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}}, **names)
    elif way == "unfused":
        # The exporter's optimiser folds BatchNormalization into the layer before it. Without it, constants are folded here; a
        # batch of any size would leave arithmetic on shapes in the file, hence a batch of one.
        program = torch.onnx.export(model, (x[:1],), dynamo=True, optimize=False, **names)
        onnxscript.optimizer.fold_constants(program.model)
        onnxscript.optimizer.remove_unused_nodes(program.model)
        program.save(file, external_data=False)
    else:
        torch.onnx.export(model, (x,), file, dynamo=True, external_data=False,
                          dynamic_shapes=({0: torch.export.Dim("batch")},), **names)
    without_traces(file)
    with torch.no_grad():
        y = model.double()(x.double())
    write(name, x.numpy(), y.numpy(), 0)


def without_traces(file):
    """Drops the lines of Python source that the exporter notes for each node: they name the folder it ran in."""
    model = onnx.load(file)
    for node in [n for graph in (model.graph, *model.functions) for n in graph.node]:
        node.doc_string = ""
        kept = [entry for entry in node.metadata_props if "stack_trace" not in entry.key]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    onnx.save(model, file)


def export_sklearn(name):
    pixels, digit = load_digits(return_X_y=True)
    pixels = pixels / 16
    if name == "sklearn-mlp":
        model = MLPClassifier(hidden_layer_sizes=(20,), activation="relu", random_state=0, max_iter=150)
    else:
        model = MLPRegressor(hidden_layer_sizes=(20,), activation="tanh", random_state=0, max_iter=150)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that 150 epochs are not the end of training
        model.fit(pixels[:1000], digit[:1000])
    # The file holds float32: with the weights rounded first, it and the reference are one network.
    model.coefs_ = [w.astype(np.float32).astype(float) for w in model.coefs_]
    model.intercepts_ = [b.astype(np.float32).astype(float) for b in model.intercepts_]
    classifier = name == "sklearn-mlp"
    file = skl2onnx.convert_sklearn(model, name=name, initial_types=[("x", FloatTensorType([None, 64]))],
                                    options={id(model): {"zipmap": False}} if classifier else None)
    onnx.save(file, HERE / f"{name}.onnx")
    x = pixels[-SAMPLES:]
    y = model.predict_proba(x) if classifier else model.predict(x)[:, None]
    write(name, x.astype(np.float32), y, 1 if classifier else 0)


def write(name, x, y, output):
    """NAME.csv, once ONNX Runtime has found the same from the file."""
    file = HERE / f"{name}.onnx"
    onnx.checker.check_model(file, full_check=True)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    run = lambda rows: session.run(None, {"x": rows})[output]
    found = [np.concatenate([run(x[k : k + 1]) for k in range(SAMPLES)])]
    if session.get_inputs()[0].shape[0] != 1:
        found.append(run(x))
    for each in found:
        np.testing.assert_allclose(each, y, rtol=1e-5, atol=1e-5, err_msg=name)
    size = file.stat().st_size
    assert size < 100_000, f"{file.name} has {size} bytes, expected fewer than 100000"
    x, y = x.reshape(SAMPLES, -1), y.reshape(SAMPLES, -1)
    header = ",".join([f"x{k}" for k in range(x.shape[1])] + [f"y{k}" for k in range(y.shape[1])])
    np.savetxt(HERE / f"{name}.csv", np.hstack([x.astype(float), y]), fmt="%.9g", delimiter=",", header=header, comments="")
    print(f"{name}: {size} bytes, {x.shape[1]} inputs, {y.shape[1]} outputs")


def main():
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns for each operator of torchvision, which is not installed
    warnings.simplefilter("ignore", DeprecationWarning)  # that the TorchScript exporter is the old one
    warnings.filterwarnings("ignore", "It is recommended that constant folding")  # meant for models in training
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("names", nargs="*", help="files to write, without ending; default all")
    for name in ap.parse_args().names or [*TORCH, *SKLEARN]:
        if name in TORCH:
            export_torch(name)
        elif name in SKLEARN:
            export_sklearn(name)
        else:
            ap.error(f"unknown file {name}; choose from {', '.join([*TORCH, *SKLEARN])}")


if __name__ == "__main__":
    main()
