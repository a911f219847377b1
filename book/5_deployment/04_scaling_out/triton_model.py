"""What Triton's Python backend calls: the package, behind Triton's own queue."""

import json
import sys

import numpy as np
import triton_python_backend_utils as triton


class TritonPythonModel:
    def initialize(self, args):
        parameters = json.loads(args["model_config"])["parameters"]
        package = parameters["package"]["string_value"]
        sys.path.insert(0, package)
        from answering import Answerer

        self.answer = Answerer(package)

    def execute(self, requests):
        """A list of requests, which Triton's queue has put together, to their answers."""
        inputs = [triton.get_input_tensor_by_name(r, "TEXT") for r in requests]
        parts = [tensor.as_numpy().reshape(-1) for tensor in inputs]
        texts = [text.decode() for part in parts for text in part]
        answers = self.answer(texts).astype(np.float32)
        responses, first = [], 0
        for part in parts:
            own = answers[first : first + len(part), None]
            first += len(part)
            size = np.full(own.shape, len(texts), np.int32)
            tensors = [triton.Tensor("POSITIVE", own), triton.Tensor("BATCH", size)]
            responses.append(triton.InferenceResponse(tensors))
        return responses
