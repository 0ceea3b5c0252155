"""Measuring and training, with the labelled sets beside the project; run from this plugin's folder."""
