"""Decision rights, committee, tools, access and the programme."""
