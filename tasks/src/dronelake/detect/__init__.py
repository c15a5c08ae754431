"""Detection: what lies on an orthophoto, where in the world, and how sure the model is."""
