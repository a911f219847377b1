pip install transformers
