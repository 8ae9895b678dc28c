"""Noisy inference of the digits network by PyTorch in float32. Prints one JSON document."""
import torch

import problem as P


def layer_of(noise, photons, weights, bias):
    """x -> the noisy W x + b of a batch of rows; what does not depend on x is computed here, once."""
    m, n = weights.shape
    if noise == "noiseless":
        return lambda x: torch.nn.functional.linear(x, weights, bias)
    if noise == "differential":
        # Both rails in one product.
        rails = torch.cat([weights.clamp(min=0), (-weights).clamp(min=0)]).T.contiguous()

        def differential(x):
            light = x @ rails
            gain = photons * m * n / light.sum(dim=1, keepdim=True).clamp_(min=P.DARK)
            counts = torch.poisson(light.mul_(gain))
            return (counts[:, :m] - counts[:, m:]).div_(gain).add_(bias)

        return differential
    scale = float(weights.norm()) / (m * n * photons) ** 0.5

    def homodyne(x):
        spread = x.norm(dim=1, keepdim=True).mul_(scale)
        return torch.nn.functional.linear(x, weights, bias).addcmul_(spread, torch.randn(len(x), m))

    return homodyne


def main():
    torch.set_num_threads(1)
    torch.manual_seed(7)
    layers, images, classes = P.load()
    layers = [(torch.tensor(w, dtype=torch.float32), torch.tensor(b, dtype=torch.float32)) for w, b in layers]
    images, classes = torch.tensor(images, dtype=torch.float32), torch.tensor(classes)

    def right_answers(noise, photons):
        optical = [layer_of(noise, photons, w, b) for w, b in layers]

        def right():
            x = images
            for k, layer in enumerate(optical):
                x = layer(x)
                if k + 1 < len(optical):
                    x.relu_()
            return int((x.argmax(dim=1) == classes).sum())

        return right

    with torch.inference_mode():
        P.measure("torch", right_answers, f"PyTorch {torch.__version__} in float32, threads: {torch.get_num_threads()}")


if __name__ == "__main__":
    main()
