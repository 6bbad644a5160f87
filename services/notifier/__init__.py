"""Notifies people and other systems of the end of exports, by mail and by signed webhooks."""
