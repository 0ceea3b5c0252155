"""The careengine adapter for django-helpdesk."""
