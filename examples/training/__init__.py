"""Small ReLU networks with numpy: data, training, ONNX files. Used by train_models.py."""
