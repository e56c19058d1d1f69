"""Carrying praise on: reshared, quoted or as a picture on the shop's own accounts, and taken down again."""
