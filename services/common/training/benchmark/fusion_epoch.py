#!/usr/bin/env python3
"""The base model of io.valence.training.FusionNetwork in PyTorch, for comparing times.

Same sizes, batch, loss, clipping and optimiser; random data, since only the time counts.
"""
import time

import torch
from torch import nn

torch.set_num_threads(1)
SEGMENTS, BATCH, EPOCHS, HIDDEN, HEADS = 16000, 32, 4, 96, 4
WIDTHS = (713, 74, 300)


class Fusion(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoders = nn.ModuleList(nn.Linear(width, HIDDEN) for width in WIDTHS)
        self.query, self.key, self.value, self.output = (
            nn.Linear(HIDDEN, HIDDEN) for _ in range(4)
        )
        self.attended = nn.LayerNorm(HIDDEN)
        self.fusion = nn.Linear(3 * HIDDEN + 3, HIDDEN)
        self.score = nn.Linear(HIDDEN, 1)
        self.dropout = nn.Dropout(0.7)
        self.register_buffer("others", 1 - torch.eye(3).reshape(1, 1, 3, 3))

    def heads(self, x):
        return x.reshape(-1, 3, HEADS, HIDDEN // HEADS).permute(0, 2, 1, 3)

    def forward(self, inputs, mask):
        encoded = torch.stack(
            [self.dropout(torch.relu(e(x))) for e, x in zip(self.encoders, inputs)], 1
        ) * mask.unsqueeze(2)
        scores = self.heads(self.query(encoded)) @ self.heads(self.key(encoded)).transpose(2, 3)
        allowed = mask.reshape(-1, 1, 1, 3) * self.others
        shares = torch.softmax(scores / (HIDDEN // HEADS) ** 0.5 + (allowed - 1) * 1e4, -1)
        found = (shares * allowed) @ self.heads(self.value(encoded))
        found = self.output(found.permute(0, 2, 1, 3).reshape(-1, 3, HIDDEN))
        mixed = self.attended(encoded + self.dropout(found)) * mask.unsqueeze(2)
        joined = torch.cat([mixed.reshape(-1, 3 * HIDDEN), mask], 1)
        return self.score(self.dropout(torch.relu(self.fusion(joined)))).reshape(-1)


def loss_of(scores, labels):
    x, y = scores - scores.mean(), labels - labels.mean()
    r = (x * y).sum() / torch.sqrt((x**2).sum() * (y**2).sum() + 1e-8)
    return 0.3 * ((scores - labels) ** 2).mean() + 0.7 * (1 - r) ** 2


def main():
    torch.manual_seed(1)
    data = [torch.randn(SEGMENTS, width) for width in WIDTHS]
    labels = torch.randn(SEGMENTS)
    model = Fusion()
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.0008, weight_decay=0.04)
    for epoch in range(1, EPOCHS + 1):
        start = time.perf_counter()
        order = torch.randperm(SEGMENTS)
        for at in range(0, SEGMENTS, BATCH):
            batch = order[at : at + BATCH]
            mask = (torch.rand(len(batch), 3) >= 0.2).float()
            inputs = [table[batch] * mask[:, i : i + 1] for i, table in enumerate(data)]
            optimiser.zero_grad()
            loss_of(model(inputs, mask), labels[batch]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimiser.step()
        print(f"pytorch {torch.__version__} epoch {epoch}: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
