"""Packages of exports: downloads with ranges, their entries, and what removes them."""
