package cli

// noCoreDump: Windows writes a dump only where an administrator has asked for it.
func noCoreDump() {}
