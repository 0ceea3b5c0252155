"""The nouns: interactions, policies, facts, decisions, actions, adapters. Frozen records, no input or output.

Everything here may be imported from anywhere; nothing here imports anything of careengine but `errors`.
"""
