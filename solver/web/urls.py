from django.urls import path

from solver.web import views

urlpatterns = [path("", views.home, name="home")]
