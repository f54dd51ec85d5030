"""Files of strangers, damaged in every way that comes to mind: each is read, or refused in plain words."""
