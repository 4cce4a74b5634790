"""What is handed out: JSON documents and their schemas."""
