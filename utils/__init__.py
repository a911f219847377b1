"""The small package behind the chapters: what three or more of them need and none is about.

Nothing is imported here, so that building the site never loads PyTorch. Import the module you need:
``from utils.data import load``.
"""
