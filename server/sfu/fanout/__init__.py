"""One incoming packet to all its viewers, by one of three interchangeable back ends: ``contract.py`` says what each of them does."""
