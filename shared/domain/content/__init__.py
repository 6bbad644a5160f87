"""The content model: typed objects in the shape of the Canvas REST API, a module for each group of kinds."""
