"""Trains the networks of the chip and of the clicking detectors on the digits: numpy 2.4, PyTorch 2.15; `python train_networks.py` writes both npz files."""
import numpy as np, torch
from pathlib import Path
torch.manual_seed(0); torch.set_num_threads(1)
here = Path(__file__).parent
table = np.loadtxt(here / 'digits.csv', delimiter=',', skiprows=1)
x, y = torch.tensor(table[:, :-1] / 16), torch.tensor(table[:, -1]).long()
test = np.zeros(len(x), bool); test[np.loadtxt(here / 'digits-test-rows.txt').astype(int)] = True
train = torch.tensor(~test); test = torch.tensor(test)
def fit(params, forward, epochs, rate):
    opt = torch.optim.AdamW(params, lr=rate, weight_decay=1e-2)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, epochs)
    xs, ys = x[train], y[train]
    for e in range(epochs):
        for b in torch.randperm(len(xs)).split(64):
            opt.zero_grad(); torch.nn.functional.cross_entropy(forward(xs[b], True), ys[b]).backward(); opt.step()
        sched.step()
    with torch.no_grad(): return (forward(x[test], False).argmax(1) == y[test]).double().mean().item()
def init(m, n, gain=1.0): return (torch.randn(m, n, dtype=torch.double) * gain / n ** 0.5).requires_grad_()
def bias(m): return torch.zeros(m, dtype=torch.double, requires_grad=True)
w1, b1, w2, b2, w3, b3 = init(8, 64, 1.4), bias(8), init(8, 8, 1.4), bias(8), init(10, 8), bias(10)
f = lambda v, t: (torch.relu(torch.relu(v @ w1.T + b1) @ w2.T + b2)) @ w3.T + b3
print('chip', fit([w1, b1, w2, b2, w3, b3], f, 300, 4e-3))
np.savez(here / 'digits-chip-64-8-8-10.npz', **{k: v.detach().numpy().astype('f4') for k, v in dict(w1=w1, b1=b1, w2=w2, b2=b2, w3=w3, b3=b3).items()})
torch.manual_seed(1)
c1, c2, d2 = init(100, 64, 1.0), init(10, 100), bias(10)
class Click(torch.autograd.Function):
    @staticmethod
    def forward(ctx, p): return (torch.rand_like(p) < p).to(p.dtype)
    @staticmethod
    def backward(ctx, g): return g
def clicks(v, t):
    p = 1 - torch.exp(-(v @ c1.T) ** 2)
    return (Click.apply(p) if t else p) @ c2.T + d2
print('click', fit([c1, c2, d2], clicks, 300, 4e-3), ((x[train] @ c1.T) ** 2).mean().item() / 64 , 'photons/MAC')
np.savez(here / 'digits-clicks-64-100-10.npz', **{k: v.detach().numpy().astype('f4') for k, v in dict(w1=c1, w2=c2, b2=d2).items()})
