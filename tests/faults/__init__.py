"""What goes wrong around one worker: the network, its database, its handlers, the others of its group; on either broker."""
