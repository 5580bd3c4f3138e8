"""What governance says of the AI tools that procedures depend on."""
