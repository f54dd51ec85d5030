"""The folder of an environment: who may work on it, where it is built meanwhile, how it is swapped."""
