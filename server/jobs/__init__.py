"""Work that rows of the job table ask for, done by whichever web process claims it first."""
