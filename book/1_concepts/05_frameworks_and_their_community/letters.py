"""A model of our own: it knows nothing but letters, and has the interface of every other
model."""

import torch
from transformers import AutoConfig, AutoModel, PreTrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput


class LettersConfig(PreTrainedConfig):
    model_type = "letters"

    def __init__(self, vocab_size=128, hidden_size=16, **others):
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        super().__init__(**others)


class LettersModel(PreTrainedModel):
    config_class = LettersConfig

    def __init__(self, config):
        super().__init__(config)
        self.embedding = torch.nn.Embedding(config.vocab_size, config.hidden_size)
        self.post_init()

    def forward(self, input_ids, attention_mask=None, **ignored):
        return BaseModelOutput(
            last_hidden_state=self.embedding(input_ids % self.config.vocab_size)
        )


AutoConfig.register("letters", LettersConfig)
AutoModel.register(LettersConfig, LettersModel)
