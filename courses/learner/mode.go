package learner

// Modes lists the modes of enrolment that Open edX has, the usual ones first.
func Modes() []string {
	return []string{
		DefaultMode, "honor", "verified", "professional", "no-id-professional", "credit", "masters",
		"executive-education", "paid-executive-education", "unpaid-executive-education", "paid-bootcamp", "unpaid-bootcamp",
	}
}
