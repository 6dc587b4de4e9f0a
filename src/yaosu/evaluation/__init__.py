"""What happened is measured, compared with what could have been, and put before a reader."""
