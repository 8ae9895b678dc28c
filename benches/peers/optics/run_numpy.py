"""Noisy inference of the digits network by NumPy in float64. Prints one JSON document."""
import numpy as np
from threadpoolctl import threadpool_info

import problem as P


def layer_of(noise, photons, weights, rng):
    """x -> the noisy W x of a batch of rows; what does not depend on x is computed here, once."""
    m, n = weights.shape
    if noise == "noiseless":
        matrix = weights.T
        return lambda x: x @ matrix
    if noise == "differential":
        # Both rails in one product.
        rails = np.ascontiguousarray(np.vstack([np.maximum(weights, 0), np.maximum(-weights, 0)]).T)

        def differential(x):
            light = x @ rails
            gain = photons * m * n / np.maximum(light.sum(axis=1, keepdims=True), P.DARK)
            light *= gain
            counts = rng.poisson(light)
            return (counts[:, :m] - counts[:, m:]) / gain

        return differential
    matrix, scale = weights.T, np.linalg.norm(weights) / np.sqrt(m * n * photons)

    def homodyne(x):
        noisy = rng.standard_normal((len(x), m))
        noisy *= scale * np.sqrt(np.einsum("ij,ij->i", x, x))[:, None]
        noisy += x @ matrix
        return noisy

    return homodyne


def main():
    layers, images, classes = P.load()

    def right_answers(noise, photons):
        rng = np.random.default_rng(7)
        optical = [(layer_of(noise, photons, w, rng), b) for w, b in layers]

        def right():
            x = images
            for k, (product, bias) in enumerate(optical):
                x = product(x)
                x += bias
                if k + 1 < len(optical):
                    np.maximum(x, 0, out=x)
            return int((x.argmax(axis=1) == classes).sum())

        return right

    blas = [f"{p['internal_api']} {p['version']} ({p.get('architecture')}), threads: {p['num_threads']}" for p in threadpool_info()]
    P.measure("numpy", right_answers, f"NumPy {np.__version__} in float64, {'; '.join(blas)}")


if __name__ == "__main__":
    main()
