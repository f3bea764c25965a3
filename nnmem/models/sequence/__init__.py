"""Floor 3: networks that map a sequence or a structure to another: translation, handwriting, documents, segments."""
