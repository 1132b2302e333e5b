// Package query reads what somebody typed into a search box, and marks in texts what was found. Everything here is a pure function of its arguments.
package query
