-- Of a space that was removed it was not kept since when nothing is known; whoever asked for the present was then told of no space at all.
update occupancy_states set since = now() where since is null and version > 0;
