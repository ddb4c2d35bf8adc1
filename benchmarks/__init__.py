"""Speed and memory against peers, measured side by side in one run.

Run by hand, and by CI as a smoke that everything still runs; never a timed test, because a
shared machine is too noisy to fail anybody's work.
"""
