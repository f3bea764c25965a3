"""What runs in the process of a student's code. It imports the standard library and numpy alone, and never the rest."""
