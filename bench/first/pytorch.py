import torch

x = torch.tensor(0.5, requires_grad=True)
(torch.sigmoid(3 * x) * x).backward()
print(x.grad.item())
