"""Speed measured side by side in one run: ratios are printed, never asserted."""
