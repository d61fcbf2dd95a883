"""Mail: containers (mbox, Maildir, Apple Mail, single files) and the one message reader they share."""
