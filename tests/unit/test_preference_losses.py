"""The preference losses that the chapter on assistants shows equal TRL's, on a tiny model with random weights."""

import pytest
import torch
from datasets import Dataset

from tools.environment import ROOT
from utils import sources

PAGE = ROOT / "book" / "3_training" / "07_from_predictor_to_assistant.ipynb"


@pytest.fixture(scope="module")
def tiny():
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}

    def model(seed):
        torch.manual_seed(seed)
        return LlamaForCausalLM(LlamaConfig(vocab_size=49152, initializer_range=0.5, **sizes))

    return model


def log_probabilities(model, ids, mask, attention):
    """Log-probability of each token but the first, and the mask of these."""
    logits = model(input_ids=ids, attention_mask=attention).logits[:, :-1].log_softmax(-1)
    return logits.gather(-1, ids[:, 1:, None])[..., 0], mask[:, 1:]


def options(tmp_path):
    return {
        "output_dir": str(tmp_path),
        "report_to": [],
        "use_cpu": True,
        "bf16": False,
        "gradient_checkpointing": False,
    }


@pytest.mark.parametrize("beta", [0.1, 0.7])
def test_dpo_equals_trl(tiny, tmp_path, beta):
    from trl import DPOConfig, DPOTrainer

    from utils.models import load_tokenizer

    rows = [
        {"prompt": "One and one?", "chosen": " Two, of course.", "rejected": " Three."},
        {"prompt": "The sky is", "chosen": " blue", "rejected": " a kind of cheese with holes"},
    ]
    trainer = DPOTrainer(
        tiny(0),
        ref_model=tiny(1),
        args=DPOConfig(beta=beta, loss_type="sigmoid", **options(tmp_path)),
        train_dataset=Dataset.from_list(rows),
        processing_class=load_tokenizer("smollm2"),
    )
    batch = trainer.data_collator([trainer.train_dataset[i] for i in range(2)])
    theirs = trainer.compute_loss(trainer.model.eval(), dict(batch)).item()
    sums = []
    with torch.no_grad():
        for model in (trainer.model, trainer.ref_model):
            log, mask = log_probabilities(model, batch["input_ids"], batch["completion_mask"], batch["attention_mask"])
            sums += (log * mask).sum(1).chunk(2)  # chosen, then rejected
    dpo_loss = sources.definitions(PAGE, ["dpo_loss"])["dpo_loss"]
    ours = dpo_loss(sums[0], sums[1], sums[2], sums[3], beta).mean().item()
    assert ours == pytest.approx(theirs, rel=1e-5) and theirs > 0


@pytest.mark.parametrize("beta", [0.0, 0.3])
def test_grpo_equals_trl(tiny, tmp_path, beta):
    from trl import GRPOConfig, GRPOTrainer

    from utils.models import load_tokenizer

    trainer = GRPOTrainer(
        tiny(0),
        reward_funcs=lambda completions, **_: [float(len(c)) for c in completions],
        args=GRPOConfig(
            beta=0.0,  # else the trainer looks for the published model of the reference
            loss_type="grpo",
            use_bias_correction_kl=False,  # True, the default: the KL term times the ratio
            num_generations=2,
            per_device_train_batch_size=4,
            steps_per_generation=1,
            max_completion_length=5,
            **options(tmp_path),
        ),
        train_dataset=Dataset.from_list([{"prompt": "One and one?"}] * 4),
        processing_class=load_tokenizer("smollm2"),
    )
    trainer.beta = beta
    rng = torch.Generator().manual_seed(2)
    ids = torch.randint(10, 1000, (4, 8), generator=rng)
    mask = torch.ones(4, 5, dtype=torch.long)
    mask[1, 3:] = mask[3, 2:] = 0  # answers of different lengths
    rewards = torch.tensor([[1.0, 0.0], [0.5, 0.2]])
    page = sources.definitions(PAGE, ["advantages", "grpo_loss"])
    gain = page["advantages"](rewards).flatten()
    with torch.no_grad():
        old = log_probabilities(tiny(1), ids, ids, torch.ones_like(ids))[0][:, 2:]
        reference = log_probabilities(tiny(2), ids, ids, torch.ones_like(ids))[0][:, 2:]
    batch = {
        "prompt_ids": ids[:, :3],
        "prompt_mask": torch.ones(4, 3, dtype=torch.long),
        "completion_ids": ids[:, 3:],
        "completion_mask": mask,
        "advantages": gain,
        "old_per_token_logps": old,
        "ref_per_token_logps": reference,
        "num_items_in_batch": mask.sum(),
    }
    model = trainer.model.eval()
    attention = torch.cat([batch["prompt_mask"], mask], 1)
    with torch.no_grad():
        theirs = trainer._compute_loss(model, batch).item()
        new = log_probabilities(model, ids, ids, attention)[0][:, 2:]
    ours = page["grpo_loss"](new, old, reference, gain, mask, beta).item()
    assert ours == pytest.approx(theirs, rel=1e-4, abs=1e-5) and theirs != 0
