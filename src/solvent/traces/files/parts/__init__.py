"""What the file formats share; the formats themselves are the modules beside this folder."""
