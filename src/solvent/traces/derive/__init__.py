"""Raw spans -> rows: what every sender's attributes become."""
