"""IMS Content Packaging: the manifest, its resources, paths of members, reading a package."""
