"""Third parties' programs: images in folders, a command, images in folders."""
