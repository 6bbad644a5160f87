"""Tells people and programs outside what became of exports: by signed webhooks and by mail."""
