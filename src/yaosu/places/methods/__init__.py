"""Pure algorithms of places: trees and working days."""
