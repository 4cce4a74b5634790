"""The arrangement of hyperplanes at which linear gates open and close, and the network on it."""
