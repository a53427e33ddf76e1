package pgserver

// SetProgramPlaces makes the search for server programs look elsewhere until the function that it returns is called.
func SetProgramPlaces(places ...string) (restore func()) {
	old := programPlaces
	programPlaces = places
	return func() { programPlaces = old }
}
