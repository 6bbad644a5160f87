// Live updates for pages that show an export. Without this file every page works, and is loaded again to see what is new.
